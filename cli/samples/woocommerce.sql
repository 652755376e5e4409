-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
--
-- Host: localhost    Database: shop
-- ------------------------------------------------------
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!50503 SET NAMES utf8mb4 */;

--
-- Table structure for table `wpx_usermeta`
--

DROP TABLE IF EXISTS `wpx_usermeta`;
CREATE TABLE `wpx_usermeta` (
  `umeta_id` bigint unsigned NOT NULL AUTO_INCREMENT,
  `user_id` bigint unsigned NOT NULL DEFAULT '0',
  `meta_key` varchar(255) COLLATE utf8mb4_unicode_520_ci DEFAULT NULL,
  `meta_value` longtext COLLATE utf8mb4_unicode_520_ci,
  PRIMARY KEY (`umeta_id`),
  KEY `user_id` (`user_id`),
  KEY `meta_key` (`meta_key`(191))
) ENGINE=InnoDB AUTO_INCREMENT=40 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

LOCK TABLES `wpx_usermeta` WRITE;
/*!40000 ALTER TABLE `wpx_usermeta` DISABLE KEYS */;
INSERT INTO `wpx_usermeta` VALUES (1,1,'wpx_capabilities','a:1:{s:13:\"administrator\";b:1;}'),(2,2,'first_name','Ada'),(3,2,'last_name','Lovelace'),(4,2,'wpx_capabilities','a:1:{s:8:\"customer\";b:1;}'),(5,2,'locale','de_DE_formal'),(6,2,'session_tokens','a:0:{}'),(7,2,'billing_first_name','Ada'),(8,2,'billing_last_name','Lovelace'),(9,2,'billing_company',''),(10,2,'billing_address_1','Hauptstr. 1'),(11,2,'billing_address_2','Hinterhaus'),(12,2,'billing_city','Berlin'),(13,2,'billing_state','DE-BE'),(14,2,'billing_postcode','10115'),(15,2,'billing_country','DE'),(16,2,'billing_email','ada@example.com'),(17,2,'billing_phone','030 1234'),(18,2,'shipping_first_name','Ada'),(19,2,'shipping_last_name','Lovelace'),(20,2,'shipping_company','Engines GmbH'),(21,2,'shipping_address_1','Werkstr. 2'),(22,2,'shipping_address_2',''),(23,2,'shipping_city','Hamburg'),(24,2,'shipping_state',''),(25,2,'shipping_postcode','20095'),(26,2,'shipping_country','DE'),(27,3,'nickname','bob'),(28,3,'wpx_capabilities','a:1:{s:10:\"subscriber\";b:1;}');
/*!40000 ALTER TABLE `wpx_usermeta` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `wpx_users`
--

DROP TABLE IF EXISTS `wpx_users`;
CREATE TABLE `wpx_users` (
  `ID` bigint unsigned NOT NULL AUTO_INCREMENT,
  `user_login` varchar(60) COLLATE utf8mb4_unicode_520_ci NOT NULL DEFAULT '',
  `user_pass` varchar(255) COLLATE utf8mb4_unicode_520_ci NOT NULL DEFAULT '',
  `user_nicename` varchar(50) COLLATE utf8mb4_unicode_520_ci NOT NULL DEFAULT '',
  `user_email` varchar(100) COLLATE utf8mb4_unicode_520_ci NOT NULL DEFAULT '',
  `user_url` varchar(100) COLLATE utf8mb4_unicode_520_ci NOT NULL DEFAULT '',
  `user_registered` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  `user_activation_key` varchar(255) COLLATE utf8mb4_unicode_520_ci NOT NULL DEFAULT '',
  `user_status` int NOT NULL DEFAULT '0',
  `display_name` varchar(250) COLLATE utf8mb4_unicode_520_ci NOT NULL DEFAULT '',
  PRIMARY KEY (`ID`),
  KEY `user_email` (`user_email`)
) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

LOCK TABLES `wpx_users` WRITE;
INSERT INTO `wpx_users` VALUES (1,'admin','$P$BGc..X2dxuztGenGGHfnY/gPBw3bEa1','admin','owner@example.com','https://shop.example','2017-05-01 08:00:00','',0,'Shop Owner'),(2,'ada','$P$B9zSNkdRQYMItQaKbTf5dVtR5yXsdW/','ada','ada@example.com','','2019-03-01 10:00:00','',0,'ada'),(3,'bob','$wp$2y$10$hgaSttql/EcIblLfrxsnFO4QDMo6gQt1emGWFAiSr7CvGPTIzMHD2','bob','bob@example.com','','2025-06-02 11:30:00','',0,'Bob B.'),(4,'old','9cc2ae8a1ba7a93da39b46fc1019c481','old','old@example.com','','0000-00-00 00:00:00','',0,'Old Timer');
UNLOCK TABLES;

-- Dump completed on 2026-11-20 10:00:00

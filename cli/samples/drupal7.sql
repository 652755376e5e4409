-- MariaDB dump 10.19  Distrib 10.6.18-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: localhost    Database: shop
-- ------------------------------------------------------

DROP TABLE IF EXISTS `users`;
CREATE TABLE `users` (
  `uid` int(10) unsigned NOT NULL DEFAULT 0 COMMENT 'Primary Key: Unique user ID.',
  `name` varchar(60) NOT NULL DEFAULT '' COMMENT 'Unique user name.',
  `pass` varchar(128) NOT NULL DEFAULT '' COMMENT 'User''s password (hashed).',
  `mail` varchar(254) DEFAULT '' COMMENT 'User''s e-mail address.',
  `theme` varchar(255) NOT NULL DEFAULT '' COMMENT 'User''s default theme.',
  `signature` varchar(255) NOT NULL DEFAULT '' COMMENT 'User''s signature.',
  `signature_format` varchar(255) DEFAULT NULL COMMENT 'The filter_format.format of the signature.',
  `created` int(11) NOT NULL DEFAULT 0 COMMENT 'Timestamp for when user was created.',
  `access` int(11) NOT NULL DEFAULT 0 COMMENT 'Timestamp for previous time user accessed the site.',
  `login` int(11) NOT NULL DEFAULT 0 COMMENT 'Timestamp for user''s last login.',
  `status` tinyint(4) NOT NULL DEFAULT 0 COMMENT 'Whether the user is active(1) or blocked(0).',
  `timezone` varchar(32) DEFAULT NULL COMMENT 'User''s time zone.',
  `language` varchar(12) NOT NULL DEFAULT '' COMMENT 'User''s default language.',
  `picture` int(11) NOT NULL DEFAULT 0 COMMENT 'Foreign key: file_managed.fid of user''s picture.',
  `init` varchar(254) DEFAULT '' COMMENT 'E-mail address used for initial account creation.',
  `data` longblob DEFAULT NULL COMMENT 'A serialized array of name value pairs.',
  PRIMARY KEY (`uid`),
  UNIQUE KEY `name` (`name`),
  KEY `mail` (`mail`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='Stores user data.';

LOCK TABLES `users` WRITE;
INSERT INTO `users` VALUES (0,'','','','','',NULL,1551430800,0,0,0,'UTC','',0,'',NULL),(2,'Ada','$S$Eq7Wz.Kp0GDfSJQ5dJMLebLawY.laoDX8JlDL60ZB3rbMNcIy6.x','ada@example.com','','',NULL,1551430800,0,0,1,'UTC','fr',0,'ada@example.com',NULL),(3,'Bob','$S$Eq7Wz.Kp0GDfSJQ5dJMLebLawY.laoDX8JlDL60ZB3rbMNcIy6.x','bob@example.com','','',NULL,1551430800,0,0,1,'UTC','',0,'bob@example.com',NULL);
UNLOCK TABLES;
